/**
 * Takes the place of the SDK's chain of credential providers in the built functions: Lambda hands the
 * credentials of the role over in the environment. The rest of the chain (profiles, SSO, containers,
 * instances) is half of what the SDK would bring along.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
