/** Not written yet. */
export function run(): never {
  throw new Error('not written yet');
}
