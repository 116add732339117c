import { defineHandler, retry } from 'hookmint';

/** Tells a chat of every release. It may tell twice: nobody can look whether a message is there already. */
export default defineHandler('release.published', {
  name: 'notify-release',
  permissions: {},
  settings: { NOTIFY_URL: 'text', NOTIFY_TOKEN: 'secret' },
  async handle({ payload, settings, signal }) {
    const response = await fetch(settings.NOTIFY_URL, {
      method: 'POST',
      headers: { authorization: `Bearer ${settings.NOTIFY_TOKEN}` },
      body: `${payload.repository.full_name} ${payload.release.tag_name} is out`,
      signal,
    });
    if (response.status === 429) retry('the chat wants less', 60);
    if (!response.ok) throw new Error(`The chat answered ${response.status}`);
  },
});
