/**
 * Metric filter patterns over JSON, as CloudWatch Logs reads them: the part of the language that infra/
 * uses. Anything else is refused, so that no filter counts nothing without a word.
 *
 * @see CloudWatch Logs docs, "Filter pattern syntax for metric filters"
 */
import { isObject, parseJson } from '../../lib/json/json.ts';

type Test = (line: object) => boolean;

const TOKEN =
  /\s*(?:(&&|\|\||!=|>=|[(){}=])|(\$(?:\.\w+)+)|"([^"]*)"|(\*)|(IS\s+(?:TRUE|FALSE)|NOT\s+EXISTS)|(\d+)|(\S))/gy;

/** @returns Whether a log line matches; a line that is no JSON object never does. */
export function parsePattern(pattern: string): (line: string) => boolean {
  const tokens = [...pattern.trim().matchAll(TOKEN)];
  const peek = (): string | undefined => tokens[0]?.[1];
  const take = (expected: string): void => {
    if (tokens.shift()?.[1] !== expected) throw new Error(`${pattern}: ${expected} is missing`);
  };

  const readAny = (): Test => {
    let left = readAll();
    while (peek() === '||') {
      take('||');
      const [first, second] = [left, readAll()];
      left = (line) => first(line) || second(line);
    }
    return left;
  };
  const readAll = (): Test => {
    let left = readOne();
    while (peek() === '&&') {
      take('&&');
      const [first, second] = [left, readOne()];
      left = (line) => first(line) && second(line);
    }
    return left;
  };
  const readOne = (): Test => {
    if (peek() === '(') {
      take('(');
      const inner = readAny();
      take(')');
      return inner;
    }
    const selector = tokens.shift()?.[2];
    if (selector === undefined) throw new Error(`${pattern}: a selector is missing`);
    const is = tokens[0]?.[5];
    if (is !== undefined) {
      tokens.shift();
      if (is.startsWith('NOT')) return (line) => select(line, selector) === undefined;
      return (line) => select(line, selector) === is.endsWith('TRUE');
    }
    if (peek() === '>=') {
      take('>=');
      const least = Number(tokens.shift()?.[6] ?? Number.NaN);
      return (line) => Number(select(line, selector) ?? Number.NaN) >= least;
    }
    const negated = peek() === '!=';
    take(negated ? '!=' : '=');
    const [, , , text, anything, , number] = tokens.shift() ?? [];
    if (number !== undefined && !negated) return (line) => select(line, selector) === Number(number);
    if (anything !== undefined && !negated) return (line) => select(line, selector) !== undefined;
    if (text === undefined) throw new Error(`${pattern}: a text is missing`);
    const whole = new RegExp(`^${text.split('*').map(escape).join('.*')}$`, 's');
    return (line) => {
      const value = select(line, selector);
      return typeof value === 'string' && whole.test(value) !== negated;
    };
  };

  take('{');
  const test = readAny();
  take('}');
  if (tokens.length > 0) throw new Error(`${pattern}: more than one expression`);
  return (line) => {
    const parsed = parseJson(line);
    return isObject(parsed) && test(parsed);
  };
}

/** @param selector `$.error.code` */
export function select(line: unknown, selector: string): unknown {
  return selector
    .split('.')
    .slice(1)
    .reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), line);
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
