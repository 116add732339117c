import type { Payload } from '../delivery/payload.ts';
import { freezeAll } from '../json/freeze-all.ts';

/**
 * A payload of a handler's own: what the handler does to it, no other handler sees. What is nested too deep to be
 * copied is shared instead, and cannot be changed from then on.
 */
export function copyPayload(payload: Payload): Payload {
  try {
    return structuredClone(payload);
  } catch {
    return freezeAll(payload);
  }
}
