/** Who else has the dashboard open, and what each looks at; a click on a name follows them. */
import { DropdownMenu } from "radix-ui";
import { whoIs } from "../approvals/words.ts";
import { count } from "../components/figures.ts";
import { CheckIcon } from "../components/icons.tsx";
import { useClient } from "../stores/client.tsx";
import { gatewayInfoOf } from "../stores/gateway-info.ts";
import { useReadable } from "../stores/use-readable.ts";
import { calm } from "../text/visible.ts";
import { checkAddress, viewWords } from "./address.ts";
import { aroundOf } from "./around.ts";
import { Avatar } from "./avatar.tsx";
import { FollowBar } from "./follow-bar.tsx";
import { follow, following, stopFollowing } from "./following.ts";
import { type Person, peopleOf } from "./people.ts";
import { hide, isHidden } from "./showing.ts";
import { useRoutes, useWhere } from "./use-where.ts";

/** Drawn side by side; the others are counted. */
const avatarsShown = 4;
const namesShown = 50;

export function Here() {
  const client = useClient();
  const { members, total, status } = useReadable(aroundOf(client));
  const { me } = useReadable(gatewayInfoOf(client));
  const followed = useReadable(following);
  useWhere();
  // Who may not be seen does not see others either.
  if (status === "refused" || members.length === 0) return null;
  const people = peopleOf(members, me);
  const others = people.filter(({ isMe }) => !isMe);
  const unlisted = total - members.length;
  const label = others.length === 0 ? "Only you are here" : `${count(people.length + unlisted)} are here`;
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <button
            type="button"
            data-testid="here"
            title="Who looks at what"
            className="flex h-8 min-w-0 cursor-pointer items-center gap-2 rounded-md px-2 text-[13px] font-medium text-ink-2 hover:bg-sunken hover:text-ink"
          >
            <span className="flex -space-x-1.5">
              {people.slice(0, avatarsShown).map(({ principal, isMe }) => (
                <Avatar key={principal} principal={principal} isMe={isMe} />
              ))}
            </span>
            <span className="truncate max-md:sr-only">{label}</span>
          </button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            sideOffset={6}
            align="start"
            collisionPadding={8}
            className="z-40 max-h-[70dvh] w-80 max-w-[calc(100vw-1rem)] overflow-y-auto rounded-lg border border-rule bg-raised p-1 text-[13px] shadow-float"
          >
            <DropdownMenu.Label className="px-2 pt-2 pb-1 text-xs font-medium text-ink-3">
              {others.length === 0 ? "Nobody else is here" : "Choose a name to follow them"}
            </DropdownMenu.Label>
            {people.slice(0, namesShown).map((person) => (
              <Row key={person.principal} person={person} isFollowed={person.principal === followed} />
            ))}
            {people.length + unlisted > namesShown && (
              <p className="px-2 py-1 text-ink-2">
                Showing {namesShown} of {count(people.length + unlisted)}
              </p>
            )}
            <DropdownMenu.Separator className="my-1 h-px bg-rule" />
            <HideItem />
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {followed !== undefined && (
        <FollowBar
          key={followed}
          principal={followed}
          person={others.find(({ principal }) => principal === followed)}
        />
      )}
    </>
  );
}

function Row({ person, isFollowed }: { person: Person; isFollowed: boolean }) {
  const { principal, isMe, at } = person;
  const address = checkAddress(at, useRoutes());
  return (
    <DropdownMenu.Item
      data-testid="person"
      data-principal={principal}
      disabled={isMe}
      onSelect={() => (isFollowed ? stopFollowing() : follow(principal))}
      className="flex min-h-10 cursor-pointer items-center gap-2 rounded-md px-2 py-1 outline-none data-[disabled]:cursor-default data-[highlighted]:bg-sunken"
    >
      <Avatar principal={principal} isMe={isMe} />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">
          {whoIs(principal)}
          {isMe && <span className="font-normal text-ink-2"> (you)</span>}
        </span>
        <span className="block truncate text-ink-2" data-testid="looks-at">
          {address ? calm(viewWords(address)) : "does not show where they look"}
        </span>
      </span>
      {isFollowed && <span className="text-xs font-semibold text-run">following</span>}
    </DropdownMenu.Item>
  );
}

function HideItem() {
  const hidden = useReadable(isHidden);
  return (
    <DropdownMenu.CheckboxItem
      checked={hidden}
      onSelect={(event) => {
        event.preventDefault();
        hide(!hidden);
      }}
      className="flex min-h-8 cursor-pointer items-center gap-2 rounded-md px-2 outline-none data-[highlighted]:bg-sunken"
    >
      <span className="flex-1">Do not show where I look</span>
      <DropdownMenu.ItemIndicator>
        <CheckIcon className="h-4 w-4 text-run" />
      </DropdownMenu.ItemIndicator>
    </DropdownMenu.CheckboxItem>
  );
}
