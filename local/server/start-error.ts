/** What stops `npm start`, in words for whoever typed it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
