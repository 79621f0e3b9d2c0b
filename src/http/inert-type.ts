/** The type only if no browser would run it; HTML, SVG, XML and what we do not know are octets. */
export function inertType(contentType: string): string {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? ''
  return INERT.some((pattern) => pattern.test(type)) ? type : 'application/octet-stream'
}

const INERT = [
  /^application\/(pdf|zip|x-zip-compressed|x-7z-compressed|vnd\.rar|msword|rtf|json)$/,
  /^application\/vnd\.(ms-(excel|powerpoint|word)[\w.]*|openxmlformats-officedocument\.[\w.]+|oasis\.opendocument\.\w+)$/,
  /^image\/(png|jpeg|gif|tiff|bmp|webp)$/,
  /^text\/(plain|csv)$/,
  /^(audio|video)\/[\w.-]+$/,
]
