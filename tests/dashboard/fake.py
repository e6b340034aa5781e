import sys
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from data.reference import load
import kpis
from dashboard.source import Run, Progress

class FakeSource:
    def __init__(self, cube, making=0.0):
        self.reference=load(); self.t0=datetime.now(); self.making=making
        self._cube=kpis.Cube.read(cube); self._cube.totals.prepare()
    def runs(self):
        m=self._cube.meta
        el=(datetime.now()-self.t0).total_seconds()
        st="done" if el>=self.making else "running"
        from datetime import timedelta
        return [Run("3f2a9c1e",m.scenario,m.title_vi,m.title_en,st,m.seed,m.hash,m.start,m.start+timedelta(days=m.days),self.t0,self.t0 if st=="done" else None)]
    def cube(self, r): return self._cube
    def progress(self, r):
        el=(datetime.now()-self.t0).total_seconds(); f=min(1,el/max(self.making,.01))
        return Progress(r,"running",int(426*f),426,int(2.6e6*f),2600000,el,(el/f-el) if f>.05 else None)
    def restart(self, r): return r
if __name__=="__main__":
    import uvicorn
    from dashboard.app import create_app
    app=create_app(FakeSource(sys.argv[2], float(sys.argv[3]) if len(sys.argv)>3 else 0))
    uvicorn.run(app.server,host="127.0.0.1",port=int(sys.argv[1]),log_level="warning")
