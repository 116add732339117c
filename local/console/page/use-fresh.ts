/** What is read again a moment after deliveries came. */
import { useEffect, useState } from 'preact/hooks';
import type { GrantView, LocalView } from '../messages.ts';
import { read } from './ask.ts';
import { deliveries } from './store.ts';

interface Answers {
  readonly '/api/grants': readonly GrantView[];
  readonly '/api/local': LocalView;
}

/** Deliveries come in bursts: one answer is enough for all of them. */
const PAUSE_MS = 400;

/** @param again Another number asks at once. */
export function useFresh<Path extends keyof Answers>(path: Path, again = 0): Answers[Path] | undefined {
  const [value, setValue] = useState<Answers[Path]>();
  const { value: list } = deliveries;
  useEffect(() => {
    const ask = (): void => void read<Answers[Path]>(path).then(setValue, () => {});
    const timer = setTimeout(ask, value === undefined ? 0 : PAUSE_MS);
    return () => clearTimeout(timer);
  }, [path, list, again]);
  return value;
}
