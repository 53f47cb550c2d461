// Reads a JSON array of SOQL texts from stdin; prints a JSON array with null for each that parses, else why not.

import { readFileSync } from "node:fs";
import { parseQuery } from "@jetstreamapp/soql-parser-js";

const verdict = (text) => {
  try {
    parseQuery(text);
    return null;
  } catch (error) {
    return String(error.message ?? error);
  }
};

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(verdict)));
