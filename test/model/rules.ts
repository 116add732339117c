/** Everything that the product decides of deliveries, and how: what the search runs, and what a planted fault replaces. */
import { isTimeUp } from '../../lib/async/deadline.ts';
import { tellClaim } from '../../lib/dispatch/claim.ts';
import { toSettlement } from '../../lib/dispatch/outcome.ts';
import { decideClaim } from '../../lib/ledger/decide-claim.ts';
import { toSettled } from '../../lib/ledger/record.ts';
import { claimSteps, settleSteps } from '../../lib/ledger/steps.ts';
import { toCompany, toKeeping } from '../../lib/queue/company.ts';
import { toCarrier } from '../../lib/queue/open-message.ts';
import { decideVerdict, expire } from '../../lib/queue/retry.ts';
import { decideStep, planAsk, planPull } from '../../lib/sweep/decide-step.ts';

export const RULES = {
  decideClaim,
  claimSteps,
  settleSteps,
  toSettled,
  tellClaim,
  isTimeUp,
  toSettlement,
  toCompany,
  toKeeping,
  toCarrier,
  decideVerdict,
  expire,
  decideStep,
  planAsk,
  planPull,
};

export type Rules = typeof RULES;
