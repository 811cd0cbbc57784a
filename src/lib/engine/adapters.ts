/** Tells a graphics card from a software adapter by the name that its driver gives. */

/** Rasterisers that run on the processor: SwiftShader (Chrome), llvmpipe, lavapipe and softpipe (Mesa), WARP (Windows). */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp/i;

export const isSoftware = (device: string) => SOFTWARE.test(device);
