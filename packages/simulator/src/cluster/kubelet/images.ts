/** How an image behaves wherever it is used. */
export type ImageBehaviour =
  /** Is pulled, and its container stays up. */
  | 'runs'
  /** No registry has it: ErrImagePull, ImagePullBackOff. */
  | 'missing'
  /** Is pulled; its container exits with 1 soon after each start. */
  | 'crashes'
  /** Is pulled and stays up, and never becomes ready. */
  | 'neverReady'

/** What images are like, and on which nodes they lie. */
export interface Images {
  behaviourOf(image: string): ImageBehaviour
  set(image: string, behaviour: ImageBehaviour): void
  isOn(node: string, image: string): boolean
  pulled(node: string, image: string): void
  /** The node's disk is gone with it. */
  forget(node: string): void
}

/** Unless told otherwise the tag tells: `bad` or `missing` is no image, `crash` crashes, `unready` never becomes ready. */
export function behaviourByTag(image: string): ImageBehaviour {
  const tag = image.slice(image.lastIndexOf('/') + 1).split(':')[1] ?? ''
  if (/bad|missing/.test(tag)) return 'missing'
  if (tag.includes('crash')) return 'crashes'
  return tag.includes('unready') ? 'neverReady' : 'runs'
}

export function createImages(): Images {
  const told = new Map<string, ImageBehaviour>()
  const onNodes = new Map<string, Set<string>>()
  return {
    behaviourOf: image => told.get(image) ?? behaviourByTag(image),
    set(image, behaviour) {
      told.set(image, behaviour)
    },
    isOn: (node, image) => onNodes.get(node)?.has(image) ?? false,
    pulled(node, image) {
      const images = onNodes.get(node) ?? new Set()
      onNodes.set(node, images.add(image))
    },
    forget(node) {
      onNodes.delete(node)
    },
  }
}
