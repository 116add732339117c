/** What KMS refuses, by its own names: each as a fault that says what to mend. Pure. */
import { ServiceFault, type FaultCode } from '../faults.ts';
import { readText } from '../json/json.ts';

interface Explanation {
  readonly code: FaultCode;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

/** KMS counts by the second; an App needs so few signatures that somebody else in the account has spent them. */
const THROTTLED_SECONDS = 5;

const THROTTLED: Explanation = {
  code: 'kms_throttled',
  message: "KMS had too many requests of this account to sign the App's JWT.",
  retryAfterSeconds: THROTTLED_SECONDS,
};

const DISABLED: Explanation = {
  code: 'kms_key_disabled',
  message: 'The KMS key that PRIVATE_KEY_KMS_KEY_ID names is disabled: enable it.',
};

const UNSUITABLE: Explanation = {
  code: 'kms_key_unsuitable',
  message:
    'The KMS key that PRIVATE_KEY_KMS_KEY_ID names cannot sign as GitHub wants it: it takes an RSA key whose usage is SIGN_VERIFY.',
};

const UNAVAILABLE: Explanation = {
  code: 'kms_unavailable',
  message: "KMS failed or stayed silent, so the App's JWT was not signed.",
};

/** Source: AWS KMS API reference, `Sign`. */
const BY_NAME: Readonly<Record<string, Explanation>> = {
  ThrottlingException: THROTTLED,
  LimitExceededException: THROTTLED,
  AccessDeniedException: {
    code: 'kms_denied',
    message:
      'The role of this function may not sign with the key that PRIVATE_KEY_KMS_KEY_ID names: it needs kms:Sign, and the policy of the key must let the account decide.',
  },
  NotFoundException: {
    code: 'kms_key_not_found',
    message:
      'KMS knows no key or alias that PRIVATE_KEY_KMS_KEY_ID names, in this region: docs/operations.md says how one gets there.',
  },
  DisabledException: DISABLED,
  InvalidKeyUsageException: UNSUITABLE,
  UnsupportedOperationException: UNSUITABLE,
};

/** Of one exception KMS says in words alone which state the key is in. */
const BY_STATE: readonly (readonly [words: RegExp, explanation: Explanation])[] = [
  [
    /pending deletion/i,
    {
      code: 'kms_key_pending_deletion',
      message:
        'The KMS key that PRIVATE_KEY_KMS_KEY_ID names is to be deleted: cancel that, or move the alias to another key.',
    },
  ],
  [
    /pending import/i,
    {
      code: 'kms_key_pending_import',
      message:
        'The KMS key that PRIVATE_KEY_KMS_KEY_ID names has no material yet: docs/operations.md says how to import it.',
    },
  ],
  [/disabled/i, DISABLED],
];

/** @returns One of the codes `kms_…`; `kms_unavailable` for what KMS may get over by itself. */
export function toKmsFault(cause: unknown): ServiceFault {
  const name = readText(cause, 'name') ?? '';
  const { code, message, retryAfterSeconds } = explain(name, readText(cause, 'message') ?? '');
  return new ServiceFault(code, message, { retryAfterSeconds, cause });
}

function explain(name: string, message: string): Explanation {
  if (name === 'KMSInvalidStateException') {
    return BY_STATE.find(([words]) => words.test(message))?.[1] ?? UNAVAILABLE;
  }
  return BY_NAME[name] ?? UNAVAILABLE;
}
