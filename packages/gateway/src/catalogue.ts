/** The event catalogue, as the hub asks for it. */
import type { Catalogue } from "@signalbox/core";
import { checkControl, checkEvent, deliveryOf, deriveChannel, keyOf, tagsOf } from "@signalbox/protocol/schemas";

export const catalogue: Catalogue = { checkEvent, checkControl, deriveChannel, deliveryOf, keyOf, tagsOf };
