/** Look of all pages: light and dark by the reader's setting, light on paper. Series colours: Okabe & Ito. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ground: #fff; --ink: #1b1e23; --faint: #59616c; --line: #d5d9df; --band: #f3f5f7;
  --link: #0b5cad; --s1: #0072b2; --s2: #d55e00; --s3: #008a66; --s4: #a5478a; --s5: #7a6a00; --s6: #444b57; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --ground: #15171b; --ink: #e6e8eb; --faint: #a5abb3; --line: #353a42; --band: #1d2026;
  --link: #8ab8f0; --s1: #56b4e9; --s2: #f08a4b; --s3: #3fc79f; --s4: #dd94c1; --s5: #e5d352; --s6: #c3c8d0; --bad: #ff8a80 } }
@media print { :root { color-scheme: light; --ground: #fff; --ink: #000; --faint: #444; --line: #bbb; --band: #f3f3f3; --link: #000;
  --s1: #0072b2; --s2: #d55e00; --s3: #008a66; --s4: #a5478a; --s5: #7a6a00; --s6: #444b57; --bad: #b3261e } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 74rem; padding: 1.2rem 1.2rem 4rem; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .2rem 0 .5rem; overflow-wrap: anywhere } h2 { font-size: 1.25rem; margin: 2.4rem 0 .5rem; padding-top: .6rem; border-top: 2px solid var(--line) }
h3 { font-size: 1.02rem; margin: 1.4rem 0 .4rem } p { margin: .4rem 0; max-width: 68ch } a { color: var(--link) }
a:focus-visible, summary:focus-visible, .wide:focus-visible { outline: 3px solid var(--s1); outline-offset: 2px }
.skip { position: absolute; left: -999px } .skip:focus { left: 1rem; top: .5rem; background: var(--ground); padding: .3rem .6rem; z-index: 1 }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1rem; padding: 0; margin: .8rem 0 0 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums } caption { text-align: left; color: var(--faint); padding: .2rem 0; font-size: .92rem }
td, th { padding: .22rem .9rem .22rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); font-weight: normal }
thead th { font-weight: 600; border-bottom: 2px solid var(--line) } .number { text-align: right; white-space: nowrap } .wide { overflow-x: auto; max-width: 100% }
.notes { border-left: 4px solid var(--s2); padding: .1rem 0 .1rem .8rem; margin: .8rem 0 } .faint { color: var(--faint); font-size: .92rem }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .8rem; margin: 1rem 0; padding: 0; list-style: none }
.tiles li { background: var(--band); border-radius: 8px; padding: .6rem .8rem } .tiles b { display: block; font-size: 1.45rem; font-variant-numeric: tabular-nums } .tiles small { color: var(--faint) }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: 1.2rem } .charts > figure { display: flex; flex-direction: column; justify-content: space-between }
figure { margin: 0; break-inside: avoid } figcaption { font-size: .86rem; color: var(--faint); overflow-wrap: anywhere; line-height: 1.35 }
.chart svg { width: 100%; height: auto; max-width: 34rem; display: block } .chart text { font: 12px system-ui, sans-serif; fill: var(--ink) } .chart .tick { fill: var(--faint) }
.grid { stroke: var(--line); stroke-width: 1 } .axis { stroke: var(--faint); stroke-width: 1 } .curve { fill: none; stroke-width: 2; stroke-linejoin: round }
.s1 { stroke: var(--s1) } .s2 { stroke: var(--s2) } .s3 { stroke: var(--s3) } .s4 { stroke: var(--s4) } .s5 { stroke: var(--s5) } .s6 { stroke: var(--s6) }
.f1 { fill: var(--s1) } .f2 { fill: var(--s2) } .f3 { fill: var(--s3) } .f4 { fill: var(--s4) } .f5 { fill: var(--s5) } .f6 { fill: var(--s6) } .guide { stroke: var(--faint); stroke-dasharray: 2 4; fill: none } .band { opacity: .22; stroke: none }
.matrix td { text-align: center; min-width: 5.5rem; padding: .5rem; border: 1px solid var(--line); background: color-mix(in srgb, var(--s1) calc(var(--share) * 55%), var(--ground)) }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .9rem; list-style: none; padding: 0; margin: .6rem 0 } .gallery > li { min-width: 0 }
.gallery.large { grid-template-columns: repeat(auto-fill, minmax(min(28rem, 100%), 1fr)) } .panels { display: grid; grid-template-columns: repeat(3, 1fr); gap: 3px }
.picture { display: block; width: 100%; aspect-ratio: 1; background: #000 } .panels img { width: 100%; aspect-ratio: 1; object-fit: contain; background: #000; display: block }
.truth, .prediction { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke } .truth { stroke: #5cd0ff } .prediction { stroke: #ffa630; stroke-dasharray: 5 3 }
.key { display: inline-block; width: 1.8rem; height: 0; border-top: 3px solid #2aa3d8; vertical-align: middle; margin: 0 .3rem 0 .2rem } .key.dashed { border-top: 3px dashed #e58a12 }
pre { overflow: auto; background: var(--band); padding: .8rem; font-size: .82rem; line-height: 1.4; white-space: pre-wrap; overflow-wrap: anywhere } summary { cursor: pointer }
.unknown { color: var(--bad) } .store { position: absolute; width: 0; height: 0; overflow: hidden }
@media print { body { font-size: 10.5pt; max-width: none; padding: 0 } nav, .skip { display: none } .wide { overflow: visible } section { break-inside: auto } tr, .gallery > li { break-inside: avoid } * { print-color-adjust: exact } }`;
