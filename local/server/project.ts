/** What the local commands keep for themselves, in the app's folder: git never sees it, and it may be deleted at any time. */
export const LOCAL_FOLDER = '.hookmint';
