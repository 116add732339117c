/** The App's private key, in whatever shape it was pasted. Pure; shows no byte of it. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { ServiceFault } from '../faults.ts';
import { readSecretField } from './secret-value.ts';

/** GitHub's keys are RSA; anything shorter is not one of them, nor safe. */
const MIN_MODULUS_BITS = 2048;

const PEM = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/;

/**
 * Every private key in a secret's value: the PEM, or JSON whose `privateKey` is one or a list.
 *
 * @throws ServiceFault `private_key_unusable`
 */
export function parsePrivateKeys(text: string): readonly KeyObject[] {
  const values = readSecretField(text, 'privateKey');
  if (values === undefined) throw unusable('JSON without `privateKey`', 'put the PEM there');
  if (values.length === 0) throw unusable('an empty list', "put the App's key in it");
  return values.flatMap((value) => {
    if (typeof value !== 'string') throw unusable('JSON without a text in `privateKey`', 'put the PEM there');
    return splitPems(value).map(parsePrivateKey);
  });
}

/**
 * Reads PKCS#1 (what GitHub gives) and PKCS#8, also with CRLF, literal `\n`, surrounding quotes,
 * line breaks turned to blanks, indentation, a byte order mark, or the whole PEM in base64.
 *
 * @throws ServiceFault `private_key_unusable`, saying what was found and how to mend it.
 */
function parsePrivateKey(pasted: string): KeyObject {
  const text = unwrap(pasted);
  const pem = PEM.exec(text);
  if (pem === null) throw explainNoPem(text);
  const [, label = '', body = ''] = pem;
  refuseOtherLabels(label, body);
  const base64 = body.replace(/\s/g, '');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return toRsaKey([`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\n'));
}

/** Several keys one after the other, or JSON that real line breaks have spoilt: each PEM counts. */
function splitPems(pasted: string): readonly string[] {
  const pems = unwrap(pasted).match(new RegExp(PEM, 'g')) ?? [];
  return pems.length > 1 ? pems : [pasted];
}

function unwrap(pasted: string): string {
  const text = pasted.replaceAll(/\\r|\\n/g, '\n').trim();
  if (text.includes('-----BEGIN')) return text;
  const decoded = Buffer.from(text, 'base64').toString('utf8');
  return decoded.includes('-----BEGIN') ? decoded.replaceAll(/\\r|\\n/g, '\n') : text;
}

function explainNoPem(text: string): ServiceFault {
  if (text === '') return unusable('nothing', "put the App's key in it");
  if (text.includes('-----BEGIN')) {
    return unusable('a PEM without its end', 'paste the whole file, from BEGIN to END');
  }
  return unusable('no PEM', 'paste the .pem file that GitHub gave, from BEGIN to END');
}

function refuseOtherLabels(label: string, body: string): void {
  if (label === 'ENCRYPTED PRIVATE KEY' || body.includes('ENCRYPTED')) {
    throw unusable('an encrypted key', 'decrypt it first: openssl rsa -in key.pem -out plain.pem');
  }
  if (label.includes('PUBLIC KEY') || label === 'CERTIFICATE') {
    throw unusable('a public key or certificate', 'the App signs with the private key');
  }
  if (label === 'EC PRIVATE KEY' || label === 'OPENSSH PRIVATE KEY' || label === 'DSA PRIVATE KEY') {
    throw unusable(`an ${label}`, 'generate an RSA key in the settings of the App');
  }
  if (label !== 'RSA PRIVATE KEY' && label !== 'PRIVATE KEY') {
    throw unusable('a PEM of another kind', 'generate a private key in the settings of the App');
  }
}

function toRsaKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    // OpenSSL's message is left out: it may quote what it read.
    throw unusable('a PEM that cannot be decoded', 'it is cut short or altered: paste the whole file again');
  }
  if (key.asymmetricKeyType !== 'rsa') {
    throw unusable(`a key of type ${key.asymmetricKeyType}`, 'GitHub Apps sign with plain RSA');
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < MIN_MODULUS_BITS) {
    throw unusable(`an RSA key of ${bits} bits`, `at least ${MIN_MODULUS_BITS} are needed`);
  }
  return key;
}

function unusable(found: string, mend: string): ServiceFault {
  return new ServiceFault(
    'private_key_unusable',
    `The secret that PRIVATE_KEY_SECRET_ID names holds ${found} where the App's private key belongs: ${mend}.`,
  );
}
