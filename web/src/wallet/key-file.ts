/** A key file that somebody chose, and what is said where it is not taken. The format is the client's. */
import type { Network } from '@assay/client';
import { KEY_FILE_BYTES_MAX, KeyFileError, parseKeyFile, type KeyFile } from '@assay/client/key-file';

/** Reads a file of a network; one that is far too large is not read at all. */
export async function readKeyFile(file: Pick<File, 'size' | 'text'>, network: Network): Promise<KeyFile> {
  if (file.size > KEY_FILE_BYTES_MAX) {
    throw new KeyFileError('not_a_key_file', 'this is no key file: it is far larger than one');
  }
  return parseKeyFile(await file.text(), network);
}

/** Why a file is not taken, as a sentence. */
export function mistakeInKeyFile(error: unknown): string {
  if (!(error instanceof KeyFileError)) return 'The file could not be read.';
  const { code, message } = error;
  if (code === 'empty_password') return 'Type the password of the file.';
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
  return code === 'not_a_key_file' ? `${sentence} \`assay wallet new\` writes one, and so does this page.` : sentence;
}
