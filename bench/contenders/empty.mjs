/** A function that does nothing: what Node alone costs. */
export async function handler() {
  return { statusCode: 200 };
}
