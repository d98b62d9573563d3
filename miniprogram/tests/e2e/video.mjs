// A film for Chromium's fake camera, showing one QR code: YUV4MPEG2, grey only.
import fs from 'node:fs'

/** Reads the picture in a page and writes the film. */
export async function film(page, dataUrl, file) {
  const { width, height, grey } = await page.evaluate(async (url) => {
    const picture = new Image()
    picture.src = url
    await picture.decode()
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 })
    const pen = canvas.getContext('2d')
    pen.fillStyle = '#b0b0b0'
    pen.fillRect(0, 0, 640, 480)
    pen.imageSmoothingEnabled = false
    pen.drawImage(picture, 140, 60, 360, 360)
    const rgba = pen.getImageData(0, 0, 640, 480).data
    let text = ''
    for (let i = 0; i < rgba.length; i += 4) text += String.fromCharCode(rgba[i])
    return { width: 640, height: 480, grey: btoa(text) }
  }, dataUrl)
  const luma = Buffer.from(grey, 'base64').map((v) => 16 + Math.round((v * 219) / 255))
  const chroma = Buffer.alloc((width * height) / 2, 128)
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, chroma])
  fs.writeFileSync(file, Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`), frame, frame]))
}
