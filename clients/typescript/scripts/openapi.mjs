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

/** The source of the types: by path and by schema. Names of operations are left out, since a document may
 * have two of the same name, and nothing here is called by them. */
export async function typesOf(document) {
  const unnamed = structuredClone(document);
  for (const operation of Object.values(unnamed.paths).flatMap(Object.values)) delete operation.operationId;
  return HEADER + astToString(await openapiTS(unnamed, { alphabetize: true }));
}
