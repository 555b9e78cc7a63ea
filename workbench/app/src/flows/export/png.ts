/** An SVG that stands alone as a PNG, drawn by the browser. */

import type { Drawing } from "./svg.js";

/** For screens whose pixels are small. */
const SCALE = 2;
/** What a browser's canvas surely holds, on each side. */
const MOST_PX = 8192;

/** Raises where the browser gives no such picture. */
export async function pngOf({ text, width, height }: Drawing): Promise<Blob> {
  const scale = Math.min(SCALE, MOST_PX / width, MOST_PX / height);
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error("The browser makes no picture of this size")) : resolve(blob)), "image/png");
  });
}
