import type { ImageResult } from "../image-result.js";
import { escapeHtml } from "./html.js";

/** One image as the report shows it. */
export interface GalleryImage {
  readonly result: ImageResult;
  /** Data URL of the picture, made small. */
  readonly picture: string;
  /** SVG path data in pixels of the image. */
  readonly truthPath: string | null;
  readonly predictionPath: string;
}

/** Pictures of what a model looked at and where it was sure; data URLs. */
export interface GalleryMaps {
  readonly saliency: string | null;
  readonly certainty: string;
}

/** One list of images that deserve a look. */
export interface GalleryList {
  readonly title: string;
  readonly why: string;
  readonly ids: readonly string[];
}

const LISTED = 8;

/** The worst outlines, the surest mistakes and the least certain answers. */
export function galleryLists(images: readonly ImageResult[], classes: readonly string[]): GalleryList[] {
  const top = (chosen: readonly ImageResult[], rank: (image: ImageResult) => number): readonly string[] =>
    chosen
      .toSorted((a, b) => rank(a) - rank(b))
      .slice(0, LISTED)
      .map(({ id }) => id);
  const outlined = images.filter(({ segmentation }) => segmentation !== null);
  const wrong = images.filter(
    (image) => image.className !== null && calledClass(image, classes) !== image.className,
  );
  const lists: GalleryList[] = [
    {
      title: "Worst outlines",
      why: "Lowest Dice first.",
      ids: top(outlined, ({ segmentation }) => segmentation!.dice),
    },
    {
      title: "Most confident mistakes",
      why: "Wrong class, highest probability first.",
      ids: top(wrong, ({ classProbs }) => -Math.max(...classProbs)),
    },
    {
      title: "Most uncertain classes",
      why: "Highest entropy of the class probabilities first.",
      ids: top(images, ({ classUncertainty }) => -classUncertainty),
    },
    {
      title: "Most uncertain outlines",
      why: "Highest mean entropy of the pixels that may be lesion first.",
      ids: top(images, ({ maskUncertainty }) => -maskUncertainty),
    },
  ];
  return lists.filter(({ ids }) => ids.length > 0);
}

export function calledClass({ classProbs }: ImageResult, classes: readonly string[]): string {
  return classes[classProbs.indexOf(Math.max(...classProbs))] ?? "";
}

/** Each picture once, with its outlines; galleries refer to it. */
export function pictureStore(images: readonly GalleryImage[]): string {
  const symbols = images.map(({ result: { widthPx, heightPx }, picture, truthPath, predictionPath }, i) => {
    const truth = truthPath === null || truthPath === "" ? "" : `<path class="truth" d="${truthPath}"/>`;
    const prediction = predictionPath === "" ? "" : `<path class="prediction" d="${predictionPath}"/>`;
    return `<symbol id="p${i}" viewBox="0 0 ${widthPx} ${heightPx}"><image width="${widthPx}" height="${heightPx}" preserveAspectRatio="none" href="${picture}"/>${truth}${prediction}</symbol>`;
  });
  return `<svg class="store" aria-hidden="true">${symbols.join("\n")}</svg>`;
}

/** Large entries: the picture with outlines, the saliency and the certainty. */
export function largeGallery(
  list: GalleryList,
  images: readonly GalleryImage[],
  maps: ReadonlyMap<string, GalleryMaps>,
  classes: readonly string[],
): string {
  const items = list.ids.flatMap((id) => {
    const at = images.findIndex(({ result }) => result.id === id);
    const own = maps.get(id);
    if (at < 0 || own === undefined) return [];
    const name = escapeHtml(id);
    const saliency =
      own.saliency === null
        ? `<span class="faint">no saliency in this model</span>`
        : `<img src="${own.saliency}" alt="saliency of ${name}">`;
    return [
      `<li><figure><div class="panels">${pictureOf(images[at]!, at, classes)}${saliency}<img src="${own.certainty}" alt="certainty of the outline of ${name}"></div><figcaption>${captionOf(images[at]!.result, classes)}</figcaption></figure></li>`,
    ];
  });
  return `<h3>${escapeHtml(list.title)}</h3><p class="faint">${escapeHtml(list.why)}</p><ol class="gallery large">${items.join("\n")}</ol>`;
}

/** Small entries of many images. */
export function smallGallery(images: readonly GalleryImage[], classes: readonly string[]): string {
  const order = images.map((image, at) => ({ image, at })).sort((a, b) => rankOf(a.image) - rankOf(b.image));
  const items = order.map(
    ({ image, at }) =>
      `<li><figure>${pictureOf(image, at, classes)}<figcaption>${captionOf(image.result, classes)}</figcaption></figure></li>`,
  );
  return `<ol class="gallery">${items.join("\n")}</ol>`;
}

/** By Dice where there is one, the others last by uncertainty. */
function rankOf({ result: { segmentation, classUncertainty } }: GalleryImage): number {
  return segmentation?.dice ?? 2 - classUncertainty;
}

function pictureOf({ result }: GalleryImage, at: number, classes: readonly string[]): string {
  return `<svg class="picture" role="img" aria-label="${escapeHtml(spoken(result, classes))}"><use href="#p${at}"/></svg>`;
}

function spoken(result: ImageResult, classes: readonly string[]): string {
  const dice = result.segmentation === null ? "" : `, Dice ${result.segmentation.dice.toFixed(2)}`;
  return `${result.id}: ${result.className ?? "class not known"}, called ${calledClass(result, classes)}${dice}`;
}

function captionOf(result: ImageResult, classes: readonly string[]): string {
  const called = calledClass(result, classes);
  const prob = Math.max(...result.classProbs).toFixed(2);
  const isWrong = result.className !== null && result.className !== called;
  const answer = `${escapeHtml(called)} ${prob}`;
  const truth = result.className === null ? "" : `${escapeHtml(result.className)} → `;
  const dice = result.segmentation === null ? "" : `Dice ${result.segmentation.dice.toFixed(2)} · `;
  return `${dice}${truth}${isWrong ? `<b class="unknown">${answer} ✗</b>` : answer}<br>${escapeHtml(result.id)}`;
}
