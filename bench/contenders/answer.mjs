/** What the peers written by hand have in common: the body as received, and a status for a refusal. */

/**
 * @param {any} event
 * @param {{ verifyAndReceive(delivery: any): Promise<unknown> }} webhooks
 */
export async function receive({ headers, body, isBase64Encoded }, webhooks) {
  try {
    await webhooks.verifyAndReceive({
      id: headers['x-github-delivery'],
      name: headers['x-github-event'],
      signature: headers['x-hub-signature-256'] ?? '',
      payload: isBase64Encoded ? Buffer.from(body, 'base64').toString() : body,
    });
    return { statusCode: 200 };
  } catch (error) {
    console.error(error);
    return { statusCode: 500 };
  }
}

/**
 * The work of every handler here.
 *
 * @param {{ request: Function }} octokit
 * @param {string} id
 * @param {any} payload
 */
export async function comment(octokit, id, payload) {
  await octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    owner: payload.repository.owner.login,
    repo: payload.repository.name,
    issue_number: payload.issue.number,
    body: `Noted: ${id}`,
  });
}
