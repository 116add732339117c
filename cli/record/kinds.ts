/** What a text of a payload is, by its shape and the field that holds it. Pure. */

/** Fields whose words GitHub chooses from a list. Others' words may stand in any other field. */
const ENUMS: ReadonlySet<string> = new Set([
  'action',
  'active_lock_reason',
  'affiliation',
  'author_association',
  'cancelled_by',
  'check_name',
  'classification',
  'closed_by',
  'conclusion',
  'content_type',
  'creation_type',
  'deployment_status',
  'dismissed_reason',
  'ecosystem',
  'effect',
  'enforcement',
  'event',
  'event_type',
  'from',
  'grouping_strategy',
  'internal_status',
  'kind',
  'level',
  'license',
  'linked_issue_status',
  'lock_reason',
  'manifest_type',
  'merge_commit_message',
  'merge_commit_title',
  'merge_method',
  'mergeable_state',
  'mode',
  'notification_setting',
  'object_type',
  'package_type',
  'permission',
  'plan_type',
  'policy',
  'privacy',
  'privacy_level',
  'pusher_type',
  'reason',
  'ref_type',
  'registry_type',
  'repository_selection',
  'requested_action',
  'resolution',
  'review_state',
  'role',
  'role_name',
  'rule_severity',
  'scope',
  'secret_type',
  'security_severity_level',
  'severity',
  'side',
  'source_type',
  'squash_merge_commit_message',
  'squash_merge_commit_title',
  'start_side',
  'state',
  'state_reason',
  'status',
  'subject_type',
  'submodule',
  'target_type',
  'tier',
  'trigger',
  'type',
  'unit_name',
  'user_view_type',
  'verification',
  'version_type',
  'visibility',
  'workflow_type',
  'insecure_ssl',
  'permissions',
]);

/** A word of such a list, and nothing longer. */
const ENUM_WORD =
  /^(?:[a-z]{1,24}(?:[_-][a-z]{1,24}){0,4}|[A-Z]{1,24}(?:_[A-Z]{1,24}){0,4}|User|Organization|Bot|Enterprise|Mannequin|Repository|Branch|Tag|App|Integration|0|1)$/;

const DATE = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

export type TextKind =
  | 'empty'
  | 'enum'
  | 'date'
  | 'hash'
  | 'email'
  | 'url'
  | 'login'
  | 'ref'
  | 'color'
  | 'node id'
  | 'guid'
  | 'text';

/** @param isPermission Whether the field stands in `permissions`, where keys and values are GitHub's. */
export function toTextKind(key: string, text: string, isPermission: boolean): TextKind {
  if (text === '') return 'empty';
  if (DATE.test(text)) return 'date';
  if (/^[0-9a-f]{40}$|^[0-9a-f]{64}$/.test(text)) return 'hash';
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return 'guid';
  if (/^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(text) && !text.includes('://')) return 'email';
  if (/^(?:https?|git|ssh):\/\/\S+$|^git@\S+$/.test(text)) return 'url';
  if (key === 'login' || key === 'username') return 'login';
  if (/(?:^|_)node_id$/.test(key)) return 'node id';
  if (key === 'color' && /^#?[0-9a-f]{6}$/i.test(text)) return 'color';
  if (/^refs\/(?:heads|tags|pull)\//.test(text)) return 'ref';
  if ((isPermission || ENUMS.has(key)) && ENUM_WORD.test(text)) return 'enum';
  return 'text';
}

/** Whether a field holds ids, by its name: `id`, `hook_id`, `repository_ids`. */
export function isIdField(key: string): boolean {
  return /(?:^|_)ids?$/.test(key) && key !== 'spdx_id';
}
