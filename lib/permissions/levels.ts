/** Levels of permissions, so that whoever holds more is assignable to whoever needs less. Types only. */

/** Levels in two readings: what holding one includes, and the least that must be held. */
export interface HeldLevels {
  includes: {
    read: { read: true };
    write: { read: true; write: true };
    admin: { read: true; write: true; admin: true };
  };
  least: {
    read: { read: true };
    write: { write: true };
    admin: { admin: true };
  };
}
