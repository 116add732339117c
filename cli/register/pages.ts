/** What the browser shows while an App is registered. No scripts, nothing from elsewhere. Pure. */
import type { Manifest } from './manifest.ts';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}' +
  'button{font:inherit;padding:.5rem 1rem}dt{font-weight:600}dd{margin:0 0 1rem}';

/** The manifest in words, and the button that posts it to GitHub. */
export function showManifest({
  action,
  manifest,
}: {
  /** GitHub's page for new Apps, with the state in its query. */
  readonly action: string;
  readonly manifest: Manifest;
}): string {
  const permissions = Object.entries(manifest.default_permissions).map(
    ([name, level]) => `${name}: ${level}`,
  );
  return toPage(`
    <h1>Register ${escape(manifest.name)}</h1>
    <p>GitHub shows a page on which the name can be changed, and makes the App when you confirm it there.</p>
    <dl>
      <dt>Permissions</dt><dd>${escape(permissions.join(', ') || 'none')}</dd>
      <dt>Events</dt><dd>${escape(manifest.default_events.join(', ') || 'none')}</dd>
      <dt>Webhook</dt><dd>${escape(manifest.hook_attributes.url)}</dd>
    </dl>
    <form method="post" action="${escape(action)}">
      <input type="hidden" name="manifest" value="${escape(JSON.stringify(manifest))}">
      <button autofocus>Go on at GitHub</button>
    </form>`);
}

export function showMessage(text: string, link?: { readonly url: string; readonly text: string }): string {
  const more = link === undefined ? '' : `<p><a href="${escape(link.url)}">${escape(link.text)}</a></p>`;
  return toPage(`<h1>hookmint</h1><p>${escape(text)}</p>${more}`);
}

function toPage(content: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>hookmint register</title><style>${STYLE}</style><main>${content}</main></html>\n`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
