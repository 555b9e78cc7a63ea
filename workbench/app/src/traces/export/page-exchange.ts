/** What a run was given and answered, as HTML. Pure. */

import type { ResponseView, RunInputView, RunView } from "../../api/types.js";
import { prettyExactly } from "../../json/digits.js";
import { inShort } from "../../json/json.js";
import { markup, type Markup } from "../../parts/markup.js";
import { answeredOf, givenOf, isGivenNothing, type ToldSide } from "../exchanged.js";

/** As it is remembered when the page is made; null: it is not. */
export interface Exchanged {
  readonly given: RunInputView | null;
  readonly response: ResponseView | null;
}

export function exchange(run: RunView, { given, response }: Exchanged): Markup | null {
  const hasGiven = given !== null && !isGivenNothing(run, given);
  if (!hasGiven && response === null) return null;
  return markup`<div class="exchange">${hasGiven ? side("Given", givenOf(given)) : null}${response === null ? null : side(`Answered ${response.status}`, answeredOf(response))}</div>
`;
}

function side(name: string, { request, values, words }: ToldSide): Markup {
  return markup`<div><h4>${name}</h4>${request === null ? null : markup`<p><code><b>${request.method}</b> ${request.path}</code></p>`}${words === null ? null : markup`<p class="soft">${words}</p>`}${values.map(
    ({ name: part, value, isOpen }) => markup`<details${isOpen === false ? null : markup` open`}><summary>${part} <code>${inShort(value, 60)}</code></summary><pre>${prettyExactly(value)}</pre></details>`,
  )}</div>`;
}
