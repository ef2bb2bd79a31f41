[assembly: AkiDb.Bridge.TestData.HangLimit(minutes: 10)]
