/** JSON with line breaks and indentation, every token as it was: numbers keep all their digits. Pure. */

/** @param json Valid JSON. */
export function formatJson(json: string): string {
  let out = '';
  let depth = 0;
  const breakLine = (): void => {
    out += `\n${'  '.repeat(depth)}`;
  };
  for (const token of tokens(json)) {
    if (token === '{' || token === '[') {
      depth += 1;
      out += token;
      breakLine();
    } else if (token === '}' || token === ']') {
      depth -= 1;
      // Of what is empty the brackets stand together.
      const isEmpty = /[{[]\s*$/.test(out.slice(-200));
      if (isEmpty) out = out.trimEnd();
      else breakLine();
      out += token;
    } else if (token === ',') {
      out += token;
      breakLine();
    } else out += token === ':' ? ': ' : token;
  }
  return out;
}

function* tokens(json: string): Generator<string> {
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) yield token;
}
