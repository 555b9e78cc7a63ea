/** A step as SVG: a card as on the page, with what it did on the path. Pure. */

import type { NodeView } from "../../api/types.js";
import type { RunStatus } from "../../api/words.js";
import { kindName } from "../../parts/kind-names.js";
import { Markup, markup } from "../../parts/markup.js";
import { NODE_HEIGHT, NODE_WIDTH } from "../layout.js";
import { outcomeOf, type StepOnPath } from "../path.js";
import { subtitleOf } from "../view.js";
import { colourOf, footOf, hasFailed, isDim, type Colour, type Look, type Picture } from "./picture.js";
import { fitted, widthOf } from "./text-width.js";

export const SANS = "system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, sans-serif";
const MONO = "ui-monospace, SF Mono, Cascadia Code, DejaVu Sans Mono, monospace";
/** Beside the icon. */
const TEXT_LEFT = 58;
const TEXT_WIDTH = NODE_WIDTH - TEXT_LEFT - 12;
/** A long name is written smaller before it is cut. */
const NAME_SIZES = [15.5, 14, 12.5, 11, 9.5];
const STATUS_COLOURS: Readonly<Record<RunStatus, Colour>> = { running: "accent", ok: "good", error: "bad", skipped: "line" };

export function drawnStep(picture: Picture, node: NodeView, look: Look): Markup {
  const { x, y } = picture.places.get(node.id) ?? { x: 0, y: 0 };
  const onPath = picture.path?.steps.get(node.id);
  const status = onPath === undefined ? null : outcomeOf(onPath);
  return markup`<g transform="translate(${x} ${y})" opacity="${isDim(picture, onPath) ? 0.35 : 1}">
<title>${node.title}, ${kindName(node)}, ${subtitleOf(node)}</title>
${card(node, status, look)}${tile(node, look)}${texts(node, onPath, look)}${onPath === undefined ? null : orderBadge(onPath.order, status === "error", look)}</g>
`;
}

function card(node: NodeView, status: RunStatus | null, { colours }: Look): Markup {
  const border = colours[status !== null ? STATUS_COLOURS[status] : node.failure !== null ? "bad" : "line"];
  const ring = markup`<rect x="-2" y="-2" width="${NODE_WIDTH + 4}" height="${NODE_HEIGHT + 4}" rx="16" fill="none" stroke="${border}" stroke-opacity="0.24" stroke-width="3"/>
`;
  const tint = markup`<rect width="${NODE_WIDTH}" height="${NODE_HEIGHT}" rx="14" fill="${colours.bad}" fill-opacity="0.08"/>
`;
  return markup`${status === null ? null : ring}<rect width="${NODE_WIDTH}" height="${NODE_HEIGHT}" rx="14" fill="${colours.card}" stroke="${border}" stroke-dasharray="${node.isMissing ? "4 3" : "none"}"/>
${node.failure === null ? null : tint}`;
}

function tile(node: NodeView, { colours, icons }: Look): Markup {
  const colour = colours[colourOf(node)];
  const icon = new Markup(icons[node.isMissing ? "missing" : node.kind]);
  return markup`<rect x="12" y="11" width="36" height="36" rx="8" fill="${colour}" fill-opacity="0.16"/>
<g transform="translate(20.5 19.5) scale(0.79)" fill="none" stroke="${colour}" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${icon}</g>
`;
}

function texts(node: NodeView, onPath: StepOnPath | undefined, { colours }: Look): Markup {
  const size = NAME_SIZES.find((each) => widthOf(node.title, each) <= TEXT_WIDTH) ?? Math.min(...NAME_SIZES);
  return markup`<text x="${TEXT_LEFT}" y="27" font-size="${size}" font-weight="600" fill="${colours.text}">${fitted(node.title, size, TEXT_WIDTH)}</text>
<text x="${TEXT_LEFT}" y="44" font-size="12" font-family="${MONO}" fill="${colours.soft}">${fitted(subtitleOf(node), 12, TEXT_WIDTH, "mono")}</text>
<text x="12" y="79" font-size="12.5" fill="${colours[hasFailed(node, onPath) ? "bad" : "soft"]}">${fitted(footOf(node, onPath), 12.5, NODE_WIDTH - 24)}</text>
`;
}

function orderBadge(order: number, isBad: boolean, { colours }: Look): Markup {
  return markup`<rect x="-12" y="-12" width="26" height="26" rx="13" fill="${colours[isBad ? "bad" : "accent"]}" stroke="${colours.canvas}" stroke-width="2"/>
<text x="1" y="5.5" font-size="12" font-weight="700" text-anchor="middle" fill="${colours[isBad ? "page" : "on-accent"]}">${order}</text>
`;
}
