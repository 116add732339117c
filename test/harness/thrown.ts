/** What a function throws: for tables of errors. */
export function thrownBy(run: () => never): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
