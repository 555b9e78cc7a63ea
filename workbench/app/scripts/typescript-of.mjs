/** JSON Schema as TypeScript: as much of it as the server's models use. Pure; what is unknown throws. */

/** The whole module: one exported type for each definition, in the order of their names. */
export function typesOf(contract) {
  const definitions = Object.entries(contract.$defs).sort(([one], [other]) => (one < other ? -1 : 1));
  const types = definitions.map(([name, schema]) => declaration(name, schema));
  return `/** The server's API. Made from contract.json by \`npm run types\`: do not edit. */\n\n${types.join("\n\n")}\n`;
}

function declaration(name, schema) {
  const comment = schema.description === undefined ? "" : `${comments(schema.description)}\n`;
  if (schema.properties === undefined) return `${comment}export type ${name} = ${typeOf(schema)};`;
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties).map(
    ([field, type]) => `  readonly ${field}${required.has(field) ? "" : "?"}: ${typeOf(type)};`,
  );
  return `${comment}export interface ${name} {\n${fields.join("\n")}\n}`;
}

function comments(text) {
  const lines = text.split("\n");
  return lines.length === 1 ? `/** ${text} */` : `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join("\n")}\n */`;
}

function typeOf(schema) {
  if (schema.$ref !== undefined) return schema.$ref.replace("#/$defs/", "");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(" | ");
  switch (schema.type) {
    case undefined:
      return "unknown";
    case "integer":
    case "number":
      return "number";
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case "array":
      return `readonly ${grouped(typeOf(schema.items))}[]`;
    case "object":
      return mapping(schema);
    default:
      throw new Error(`a schema of a type that is not known here: ${JSON.stringify(schema)}`);
  }
}

function mapping(schema) {
  const value = typeof schema.additionalProperties === "object" ? typeOf(schema.additionalProperties) : "unknown";
  // Named keys are those that may be there.
  return schema.propertyNames?.enum === undefined
    ? `Readonly<Record<string, ${value}>>`
    : `Readonly<Partial<Record<${typeOf(schema.propertyNames)}, ${value}>>>`;
}

function grouped(type) {
  return type.includes(" ") ? `(${type})` : type;
}
