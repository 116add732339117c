/**
 * What an App needs to be sent an event: a subscription, and to subscribe one of these permissions, at `read` or more.
 * `always`: every App gets it and none can subscribe to it. `free`: to subscribe takes no permission. `not for Apps`:
 * only webhooks of repositories, organizations or the Marketplace get it.
 *
 * Source: GitHub's own description, `@octokit/openapi` 23.0.2 (its `x-webhooks`, the summary of each event).
 */
export const SUBSCRIPTIONS = {
  branch_protection_configuration: ['administration'],
  branch_protection_rule: ['administration'],
  check_run: ['checks'],
  check_suite: ['checks'],
  code_scanning_alert: ['security_events'],
  commit_comment: ['contents'],
  create: ['contents'],
  custom_property: ['organization_custom_properties'],
  custom_property_values: ['organization_custom_properties'],
  delete: ['contents'],
  dependabot_alert: ['vulnerability_alerts'],
  deploy_key: ['deployments'],
  deployment: ['deployments'],
  deployment_protection_rule: ['deployments'],
  deployment_review: ['deployments'],
  deployment_status: ['deployments'],
  discussion: ['discussions'],
  discussion_comment: ['discussions'],
  fork: ['contents'],
  github_app_authorization: 'always',
  gollum: ['contents'],
  installation: 'always',
  installation_repositories: 'always',
  installation_target: 'free',
  issue_comment: ['issues'],
  issue_dependencies: ['issues'],
  issues: ['issues'],
  label: ['metadata'],
  marketplace_purchase: 'not for Apps',
  member: ['members'],
  membership: ['members'],
  merge_group: ['merge_queues'],
  meta: 'free',
  milestone: ['issues', 'pull_requests'],
  org_block: ['organization_administration'],
  organization: ['members'],
  package: 'not for Apps',
  page_build: ['pages'],
  personal_access_token_request: ['organization_personal_access_token_requests'],
  ping: 'always',
  project: ['repository_projects', 'organization_projects'],
  project_card: ['repository_projects', 'organization_projects'],
  project_column: ['repository_projects', 'organization_projects'],
  projects_v2: ['organization_projects'],
  projects_v2_item: ['organization_projects'],
  projects_v2_status_update: ['organization_projects'],
  public: ['metadata'],
  pull_request: ['pull_requests'],
  pull_request_review: ['pull_requests'],
  pull_request_review_comment: ['pull_requests'],
  pull_request_review_thread: ['pull_requests'],
  push: ['contents'],
  registry_package: ['packages'],
  release: ['contents'],
  repository: ['metadata'],
  repository_advisory: ['repository_advisories'],
  repository_dispatch: ['contents'],
  repository_import: 'not for Apps',
  repository_ruleset: ['administration', 'organization_administration'],
  repository_vulnerability_alert: 'not for Apps',
  secret_scanning_alert: ['secret_scanning_alerts'],
  secret_scanning_alert_location: ['secret_scanning_alerts'],
  secret_scanning_scan: ['secret_scanning_alerts'],
  security_advisory: 'free',
  security_and_analysis: ['administration'],
  sponsorship: 'not for Apps',
  star: ['metadata'],
  status: ['statuses'],
  sub_issues: ['issues'],
  team: ['members'],
  team_add: ['members'],
  watch: ['metadata'],
  workflow_dispatch: ['contents'],
  workflow_job: ['actions'],
  workflow_run: ['actions'],
} as const satisfies Readonly<Record<string, readonly string[] | 'always' | 'free' | 'not for Apps'>>;

/** What `SUBSCRIPTIONS` says of one event. */
export type Subscription = readonly string[] | 'always' | 'free' | 'not for Apps';

/** @returns undefined for an event that GitHub does not describe. */
export function findSubscription(event: string): Subscription | undefined {
  return Object.hasOwn(SUBSCRIPTIONS, event)
    ? new Map<string, Subscription>(Object.entries(SUBSCRIPTIONS)).get(event)
    : undefined;
}
