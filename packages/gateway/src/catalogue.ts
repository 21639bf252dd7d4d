/** The event catalogue, as the hub asks for it. */
import type { Catalogue } from "@signalbox/core";
import { checkControl, checkEvent, deliveryOf, deriveChannel, tagsOf } from "@signalbox/protocol/schemas";

export const catalogue: Catalogue = { checkEvent, checkControl, deriveChannel, deliveryOf, tagsOf };
