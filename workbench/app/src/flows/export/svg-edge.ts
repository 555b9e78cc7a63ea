/** A topic from one step to another, as SVG: its line, its arrow, its name. Pure. */

import { markup, type Markup } from "../../parts/markup.js";
import { lineOf } from "../edge-path.js";
import { NODE_HEIGHT, NODE_WIDTH } from "../layout.js";
import { isDim, type DrawnEdge, type Look, type Picture } from "./picture.js";
import { fitted, widthOf } from "./text-width.js";

const SIZE = 12;
/** Left and right of the name, together. */
const PADDING = 14;

interface Drawn {
  readonly path: string;
  readonly line: Markup;
  readonly label: Markup;
}

/** Null if one of its steps is not in the picture. */
export function drawnEdge(picture: Picture, { view, lane, isUndeclared }: DrawnEdge, { colours }: Look): Drawn | null {
  const [source, target] = [picture.places.get(view.source), picture.places.get(view.target)];
  if (source === undefined || target === undefined) return null;
  const [sourceX, sourceY] = [source.x + NODE_WIDTH, source.y + NODE_HEIGHT / 2];
  const [targetX, targetY] = [target.x, target.y + NODE_HEIGHT / 2];
  const { path, arrow, labelX, labelY, labelWidth } = lineOf({ sourceX, sourceY, targetX, targetY }, lane);
  const onPath = picture.path?.edges.get(view.id);
  const lit = onPath === undefined ? null : colours[onPath.hasFailed ? "bad" : "accent"];
  const opacity = isDim(picture, onPath) ? 0.25 : 1;
  const dashes = isUndeclared ? "2 5" : view.isVirtual ? "5 5" : "none";
  const stroke = lit ?? colours["strong-line"];
  const line = markup`<g opacity="${opacity}">
<path d="${path}" fill="none" stroke="${stroke}" stroke-width="${lit === null ? 1.75 : 2.5}" stroke-dasharray="${dashes}" stroke-linecap="round"/>
<path d="${arrow}" fill="${stroke}"/>
</g>
`;

  const count = onPath === undefined || onPath.count === 0 ? "" : ` ${onPath.count}`;
  const topic = fitted(view.topic, SIZE, labelWidth - PADDING - widthOf(count, SIZE));
  const width = widthOf(topic + count, SIZE) + PADDING;
  const label = markup`<g opacity="${opacity}"><title>${view.label === "" ? view.topic : `${view.topic}, ${view.label}`}</title>
<rect x="${labelX - width / 2}" y="${labelY - 10}" width="${width}" height="20" rx="10" fill="${colours.card}" stroke="${lit ?? colours.line}"/>
<text x="${labelX}" y="${labelY + 4}" font-size="${SIZE}" font-style="${view.isConditional ? "italic" : "normal"}" text-anchor="middle" fill="${colours[lit === null ? "soft" : "text"]}">${topic}<tspan font-weight="600" fill="${colours.accent}">${count}</tspan></text>
</g>
`;
  return { path, line, label };
}
