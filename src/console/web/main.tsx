import { render } from 'preact'
import './styles/index.css'
import { App } from './app.tsx'
import { language, speak } from './base/language.ts'
import { resume } from './base/session.ts'
import { followTheme } from './base/theme.ts'

followTheme()
speak(language.value)
const place = document.getElementById('console')
if (place !== null) render(<App />, place)
void resume()
