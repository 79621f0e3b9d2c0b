import { expect } from 'chai'
import { csvLine } from '../../../src/console/csv.ts'

describe('a cell of an export', () => {
  for (const formula of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '＝1', '|cmd', '%0A'])
    it(`${JSON.stringify(formula)} is text for a spreadsheet`, () => {
      expect(csvLine([formula])).to.equal(`"'${formula}"\r\n`)
    })

  it('is what it says otherwise, with quotes doubled and lines kept', () => {
    expect(csvLine(['7421/BCT-KHTC', 'V/v “báo cáo”, "gấp"', 'hai\ndòng', 42, ''])).to.equal(
      '"7421/BCT-KHTC","V/v “báo cáo”, ""gấp""","hai\ndòng",42,""\r\n',
    )
  })
})
