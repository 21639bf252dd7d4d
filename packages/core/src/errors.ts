/** Makes the data of an error from its row in the table. */
import { type ErrorData, type ErrorName, errorCodes } from "@signalbox/protocol";

export function errorData(name: ErrorName, message: string, details?: Record<string, unknown>): ErrorData {
  const { number, temporary, help } = errorCodes[name];
  return details === undefined
    ? { name, number, message, temporary, help }
    : { name, number, message, temporary, help, details };
}
