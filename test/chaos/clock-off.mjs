/** Loaded into a function's process before the function: its clock is ahead by CHAOS_CLOCK_AHEAD_MS, or behind. */
const aheadMs = Number(process.env['CHAOS_CLOCK_AHEAD_MS']);
const Right = Date;

globalThis.Date = new Proxy(Right, {
  get: (date, name) => (name === 'now' ? () => Right.now() + aheadMs : Reflect.get(date, name)),
  construct: (date, given, made) =>
    Reflect.construct(date, given.length === 0 ? [Right.now() + aheadMs] : given, made),
});
