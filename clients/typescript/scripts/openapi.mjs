// The two forms in which a node's OpenAPI document is kept: its own, and the types made of it.
import openapiTS, { astToString } from 'openapi-typescript';

const HEADER = `/**
 * Made by \`npm run types\` from openapi.json; a test notices when it is stale.
 */
`;

/** The document as it is committed. */
export function documentText(document) {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The source of the types: by path, by name of the operation and by schema. */
export async function typesOf(document) {
  return HEADER + astToString(await openapiTS(structuredClone(document), { alphabetize: true }));
}
