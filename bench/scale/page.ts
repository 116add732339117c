/** Puts what a run found between the markers of a page: `<!-- figures: NAME -->` and `<!-- end of figures -->`. Pure. */

/**
 * @param others What becomes of places that get no figures.
 * @throws Error for figures that the page has no place for, and for a place that gets none unless those are kept.
 */
export function fillPage(
  page: string,
  figures: ReadonlyMap<string, string>,
  others: 'kept' | 'refused' = 'refused',
): string {
  const filled = new Set<string>();
  const text = page.replaceAll(
    /(<!-- figures: ([\w-]+) -->\n)[\s\S]*?(<!-- end of figures -->)/g,
    (place: string, begin: string, name: string, end: string) => {
      const table = figures.get(name);
      if (table === undefined && others === 'kept') return place;
      if (table === undefined) throw new Error(`The page asks for '${name}', which no run gives.`);
      filled.add(name);
      return `${begin}\n<!-- prettier-ignore -->\n${table}\n\n${end}`;
    },
  );
  const missing = [...figures.keys()].filter((name) => !filled.has(name));
  if (missing.length > 0) throw new Error(`The page has no place for ${missing.join(', ')}.`);
  return text;
}
