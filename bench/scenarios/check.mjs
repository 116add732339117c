/** A figure counts only where the work was done. */

/**
 * Takes the stand-in's counts, and compares them with what so many deliveries lead to.
 *
 * @param {import('../contenders.mjs').Contender} contender
 * @param {import('../stand-ins.mjs').StandIns} standIns
 * @param {number} deliveries Those that a handler claims.
 */
export async function takeChecked({ name, comments }, standIns, deliveries) {
  const counts = await standIns.takeCounts();
  const due = deliveries * comments;
  if (counts.comments !== due || counts.distinctComments !== due || counts.refused > 0) {
    throw new Error(
      `${name} did not do its work: ${due} comments were due, and GitHub saw ${counts.comments}, ` +
        `${counts.distinctComments} of them different, and refused ${counts.refused} calls`,
    );
  }
  return counts;
}
