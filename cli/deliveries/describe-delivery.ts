/** An entry of GitHub's log, for people and as JSON. Pure. */
import type { LoggedDelivery } from '../../lib/github/logged-delivery.ts';
import { isGoodAnswer } from '../../lib/sweep/good-answer.ts';
import { type Line, painted } from '../io/lines.ts';
import { toEventName } from './read-deliveries.ts';

/** As the contract has it: ids are text, since they exceed what a number holds. */
export function toDeliveryJson(delivery: LoggedDelivery) {
  const { id, guid, event, action, status, statusCode, redelivery, installationId, repositoryId } = delivery;
  const deliveredAt = toDate(delivery);
  return {
    id,
    guid,
    event,
    action,
    status,
    statusCode,
    deliveredAt,
    redelivery,
    installationId,
    repositoryId,
  };
}

export function describeDelivery(delivery: LoggedDelivery): Line {
  const { guid, redelivery } = delivery;
  return [
    `${toDate(delivery) ?? 'at some time'}  `,
    describeAnswer(delivery),
    `  ${guid}  ${toEventName(delivery)}${redelivery ? '  (redelivery)' : ''}`,
  ];
}

/** The code, or GitHub's words where no answer came. */
function describeAnswer(delivery: LoggedDelivery) {
  const { status, statusCode } = delivery;
  return painted(isGoodAnswer(delivery) ? 'green' : 'red', statusCode === 0 ? status : String(statusCode));
}

function toDate({ deliveredAtMs }: LoggedDelivery): string | null {
  return deliveredAtMs === 0 ? null : new Date(deliveredAtMs).toISOString();
}
