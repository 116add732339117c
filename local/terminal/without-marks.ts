/** Words of a catalogue where no Markdown is shown: in a terminal, on the console's page. Pure. */

/** Takes the marks of emphasis and code away, and nothing inside of a name. */
export function withoutMarks(markdown: string): string {
  return markdown.replaceAll(/`([^`]*)`/g, '$1').replaceAll(/(?<!\w)_([^_]+)_(?!\w)/g, '$1');
}
