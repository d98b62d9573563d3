// Reads QR codes in a browser, from the camera or from a picture. Loaded when it is first used.
import jsQR from 'jsqr'

const side = 640 // pixels: enough for a code of version 12, and quick on an old phone

function find(source: CanvasImageSource, width: number, height: number, canvas: HTMLCanvasElement): string {
  const scale = Math.min(1, side / Math.min(width, height))
  canvas.width = Math.round(width * scale)
  canvas.height = Math.round(height * scale)
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  if (!pen || !canvas.width || !canvas.height) return ''
  pen.drawImage(source, 0, 0, canvas.width, canvas.height)
  return jsQR(pen.getImageData(0, 0, canvas.width, canvas.height).data, canvas.width, canvas.height, { inversionAttempts: 'dontInvert' })?.data ?? ''
}

/** The text of the code in a picture; '' when none is found. */
export async function readPicture(file: Blob): Promise<string> {
  const picture = await createImageBitmap(file)
  try {
    return find(picture, picture.width, picture.height, document.createElement('canvas'))
  } finally {
    picture.close()
  }
}

/** Shows the camera in a box and gives each code it sees to found, until it is stopped. */
export async function watchCamera(box: Element, found: (text: string) => void): Promise<() => void> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } } })
  const video = document.createElement('video')
  video.className = 'film' // uni-app takes rules for the tag as rules for its own player
  video.muted = video.playsInline = true
  video.srcObject = stream
  box.replaceChildren(video)
  const canvas = document.createElement('canvas')
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = () => {
    const text = video.videoWidth ? find(video, video.videoWidth, video.videoHeight, canvas) : ''
    if (text) found(text)
    timer = setTimeout(look, 120)
  }
  const stop = () => { clearTimeout(timer); stream.getTracks().forEach((t) => t.stop()); video.remove() }
  try {
    await video.play()
  } catch (e) {
    stop()
    throw e
  }
  look()
  return stop
}
