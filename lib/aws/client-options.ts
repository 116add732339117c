/** What every client of the AWS SDK in this folder is made with. */
import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Lambda hands the credentials of the role over in the environment, so the clients look nowhere else. The
 * rest of the SDK's chain (profiles, SSO, containers, instances) is never asked, in a test as little as in
 * the built functions.
 */
export const CLIENT_OPTIONS = { credentials: fromEnv() } as const;
