/** Texts of the same length and kind, which say nothing: letters for letters, digits for digits, all else kept. Pure. */
import { createHmac } from 'node:crypto';

/** Words that rules about texts go by, and that say nothing of anybody. */
const KEPT_WORDS: ReadonlySet<string> = new Set(
  (
    'wip draft fix fixes fixed feat feature chore docs doc refactor refactoring test tests build ci perf style revert ' +
    'breaking change changes hotfix release bug enhancement documentation duplicate good first issue help wanted ' +
    'invalid question wontfix dependencies main master develop dev staging production trunk gh pages closes closed ' +
    'resolves resolved http https www'
  ).split(' '),
);

const CONSONANTS = 'bdfglmnprstv';
const VOWELS = 'aeiou';

/** @returns What makes the same text of the same one, and nothing of it can be told without the key. */
export type Scramble = (text: string) => string;

/** Words stay readable, so that a person can tell a title from a branch. */
export function createScramble(key: string): Scramble {
  return (text) => {
    const next = createNumbers(key, text);
    return text.replaceAll(/[A-Za-z]+|[^A-Za-z]+/g, (run) => {
      if (!/^[A-Za-z]/.test(run)) return run.replaceAll(/\d|[^ -~]/gu, (each) => replaceOther(each, next));
      return KEPT_WORDS.has(run.toLowerCase()) ? run : replaceWord(run, next);
    });
  };
}

/** For what is no text but a name of a machine: node ids, hashes. */
export function createOpaque(key: string): Scramble {
  return (text) => {
    const next = createNumbers(key, text);
    const isHex = /^[0-9a-f]+$/.test(text);
    return text.replaceAll(/[A-Za-z0-9]/g, (each) => {
      if (isHex) return next(16).toString(16);
      if (/\d/.test(each)) return String(next(10));
      const letter = String.fromCharCode(97 + next(26));
      return each === each.toUpperCase() ? letter.toUpperCase() : letter;
    });
  };
}

function replaceWord(word: string, next: (below: number) => number): string {
  return word.replaceAll(/./g, (each, index: number) => {
    const letters = index % 2 === 0 ? CONSONANTS : VOWELS;
    const letter = letters[next(letters.length)] ?? 'a';
    return each === each.toUpperCase() ? letter.toUpperCase() : letter;
  });
}

/** Pictures and punctuation say as much as those who chose them; letters of other alphabets go. */
function replaceOther(each: string, next: (below: number) => number): string {
  if (/\d/.test(each)) return String(next(10));
  if (!/\p{L}|\p{N}/u.test(each)) return each;
  return (/\p{Script=Han}/u.test(each) ? '字' : 'é').repeat(each.length);
}

/** Numbers that follow from key and text alone. */
function createNumbers(key: string, text: string): (below: number) => number {
  let block = 0;
  let bytes = Buffer.alloc(0);
  let at = 0;
  return (below) => {
    if (at === bytes.length) {
      bytes = createHmac('sha256', key).update(`${block}:${text}`).digest();
      block += 1;
      at = 0;
    }
    const byte = bytes[at] ?? 0;
    at += 1;
    return byte % below;
  };
}
