/** What the variables of the functions mean, in the words of docs/configuration.md. */
import type { VariableName } from '../../lib/functions/variables.ts';

export const VARIABLE_MEANINGS: Readonly<Record<VariableName, string>> = {
  GITHUB_APP_ID:
    "client id (`Iv23…`) or numeric App id: the issuer of the App's JWT. Keep to one of them: the ledger knows the App by it",
  GITHUB_API_URL:
    'also `https://api.SUB.ghe.com`, or `https://HOST/api/v3` for an Enterprise Server. Plain `http://` on loopback only',
  WEBHOOK_SECRET_ID: 'Secrets Manager id of the webhook secret',
  PRIVATE_KEY_SECRET_ID:
    'Secrets Manager id of the private key. Inline it may be the same secret as the webhook secret. A queued webhook function needs no key, and does not start if both are the same',
  PRIVATE_KEY_KMS_KEY_ID:
    'in place of `PRIVATE_KEY_SECRET_ID`, never beside it: id or ARN of a KMS key or alias that signs ([below](#a-key-in-kms))',
  DELIVERY_QUEUE_URL:
    'URL of the SQS queue. If the webhook function has it, it queues deliveries. The worker finds the queue without it, by the ARN of its messages. With it, the sweeper hands large deliveries to the worker; without it, it runs their handlers itself',
  LEDGER_TABLE:
    'DynamoDB table. Inline without it no copies are recognised: a copy, or a redelivery after one handler of two failed, runs every handler again',
  LOG_LEVEL: '`debug`, `info`, `warn` or `error`. The metrics are counted out of lines at `info`',
  OTEL_EXPORTER_OTLP_HEADERS_SECRET_ID:
    'Secrets Manager id of the headers that it wants, such as a key: `name=value`, several with commas between them',
  OTEL_EXPORTER_OTLP_ENDPOINT:
    'URL of a collector of OpenTelemetry: with it the functions send traces there ([traces.md](traces.md)). Without it nothing of that is loaded',
};
