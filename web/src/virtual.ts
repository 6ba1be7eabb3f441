// The rows in sight of a long list, by @tanstack/virtual-core.

import { elementScroll, observeElementOffset, observeElementRect, Virtualizer, defaultRangeExtractor } from "@tanstack/virtual-core";
import type { VirtualItem } from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useLayoutEffect, useReducer, useState } from "preact/hooks";

type Options = {
  count: number;
  /** Height of a row in CSS pixels. */
  size: (index: number) => number;
  /** Changes whenever a row's height does. */
  sizes: unknown;
  /** A row that stays drawn when it is out of sight, or -1. */
  keep: number;
  /** What stands above the first row and stays in sight. */
  head: number;
  /** Names a row, however the list is ordered. Rows that are given to measure keep their heights under it. */
  name?: (index: number) => string;
  /** How far down the first row begins, where what stands above is no part of the list. */
  margin?: number;
};

export type Virtual = {
  items: VirtualItem[]; total: number; reveal: (index: number) => void; page: () => number;
  /** The ref of a row whose height is as it comes; its data-index says which it is. */
  measure: (row: Element | null) => void;
};

/** useVirtual says which rows to draw and where. */
export function useVirtual(scroller: RefObject<HTMLElement | null>, { count, size, sizes, keep, head, name, margin = 0 }: Options): Virtual {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: size,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    // Rounded, as the library has it, the rows in sight come to several pixels more or less than they are.
    measureElement: (row: Element) => row.getBoundingClientRect().height,
    overscan: 10,
    scrollMargin: margin,
    paddingStart: 0,
    scrollPaddingStart: head,
    ...(name ? { getItemKey: name } : {}),
    initialRect: { width: 1000, height: 700 },
    rangeExtractor: (range: Parameters<typeof defaultRangeExtractor>[0]) => {
      const all = defaultRangeExtractor(range);
      if (keep < 0 || keep >= count || all.includes(keep)) return all;
      return keep < all[0]! ? [keep, ...all] : [...all, keep];
    },
    onChange: () => redraw(undefined),
  };
  const [virtual] = useState(() => new Virtualizer<HTMLElement, Element>(options));
  virtual.setOptions(options);
  useLayoutEffect(() => virtual._didMount(), []);
  useLayoutEffect(() => virtual._willUpdate());
  useLayoutEffect(() => {
    virtual.measure();
  }, [sizes]);
  return {
    items: virtual.getVirtualItems(),
    total: virtual.getTotalSize(),
    reveal: (index) => virtual.scrollToIndex(index, { align: "auto" }),
    measure: virtual.measureElement as (row: Element | null) => void,
    page: () => Math.max(1, Math.floor(((virtual.scrollRect?.height ?? 600) - head) / 22) - 1),
  };
}
