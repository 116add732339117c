/** The console's page: what `npm start` does, for the eye. */
import { render } from 'preact';
import { followServer } from './follow-server.ts';
import { Frame } from './frame.tsx';
import { listenToKeys } from './keys.ts';
import { followUser } from './store.ts';
import { showUnread } from './unread.ts';

const root = document.querySelector('#page');
if (root !== null) render(<Frame />, root);
followUser();
followServer();
listenToKeys();
showUnread();
