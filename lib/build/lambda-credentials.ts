/**
 * What the built functions have for the SDK's chain of credential providers: its first link, the environment.
 * That is where Lambda puts the credentials of the role; the other links (profiles, SSO, containers,
 * instances) are half of what the SDK would bring along, and have nothing to find in Lambda.
 *
 * No client of ours comes here, since each is given its credentials (`aws/client-options.ts`). A client that
 * a handler makes for itself does.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
