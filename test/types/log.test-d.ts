/** The product's log takes the lines of its catalogue alone; a handler's takes any text. Nothing here runs. */
import type { BoundLog, HandlerLog, Log } from '../../lib/log/log.ts';

declare const log: BoundLog;

log.info('sweep', { scanned: 1 });
log[Math.random() > 0.5 ? 'warn' : 'error']('delivery', { outcome: 'failed' });
// @ts-expect-error no such line
log.info('swept');
// @ts-expect-error no such field
log.info('sweep', { swept: 1 });
// @ts-expect-error a field of other lines
log.info('sweep', { queueMessage: '' });

log.forHandler().info('anything', { anything: 1 });
// @ts-expect-error the product's log does not take any text
const handlerLog: HandlerLog = log;
// A log of any text takes ours as well.
const ours: Log = handlerLog;
ours.error('dead letter', { reason: '' });
