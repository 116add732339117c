/// <reference types="node" preserve="true" />
/** The public face, `hookmint`: what a handler module needs. */
export {
  defineHandler,
  defineHandlers,
  type ContextWithoutToken,
  type ContextWithToken,
  type Handler,
  type HandlerContext,
  type HandlerDefinition,
  type HandlerTable,
  type WithSettings,
} from './dispatch/define-handler.ts';
export { isBot, toIssue, toPull, toRepo } from './delivery/parameters.ts';
export { type Config, readConfig } from './github/read-config.ts';
export { giveUp, retry, skip } from './dispatch/endings.ts';
export { unlisted } from './events/unlisted.ts';
export type { EventName, EventPayload } from './events/payloads.ts';
export type { GitHubClient } from './permissions/checked-client.ts';
export { unchecked } from './permissions/unchecked.ts';
export type { Permissions } from './permissions/names.ts';
export type { DeclaredSettings, NoSettings, SettingKind, SettingValues } from './settings/declared.ts';
export type { RepositorySelection } from './github/grant.ts';
export type { InstallationToken } from './github/installation-token.ts';
export type { HandlerLog as Log } from './log/log.ts';
export type { Delivery } from './delivery/delivery.ts';
