/** What the front door of each package must be; what leads through it stands in describe-triggers.ts. */
import { describe, expect, it } from 'vitest';
import type { Packaged } from './packaged.ts';

export function describeFrontDoor(of: (name: string) => Packaged): void {
  describe('the front door', () => {
    it('has the address that goes into the settings of the App', () => {
      const toAddress = (name: string): unknown => of(name).template.Outputs['WebhookAddress']?.Value;
      expect(toAddress('queued, function URL')).toEqual({ 'Fn::GetAtt': ['WebhookUrl', 'FunctionUrl'] });
      expect(toAddress('queued, HTTP API')).toBe('https://hooks.example.com/');
    });

    it('bounds what strangers can cost, unless it is told not to', () => {
      const toBound = (name: string): unknown =>
        of(name).template.Resources['WebhookLambdaFunction']?.Properties['ReservedConcurrentExecutions'];
      expect(toBound('queued, function URL')).toBe(100);
      expect(toBound('inline, HTTP API')).toEqual({ Ref: 'AWS::NoValue' });
    });

    it('lets through what the function takes: ten requests a second for each delivery at once', () => {
      // A function URL does so by itself.
      const toThrottle = (name: string): unknown =>
        of(name).template.Resources['HttpApiStage']?.Properties['DefaultRouteSettings'];
      const thousand = { ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 1000 };
      expect(toThrottle('queued, HTTP API')).toEqual(thousand);
      expect(toThrottle('inline, HTTP API')).toEqual(thousand);
    });

    it('waits as long as GitHub does: 10 s, and 30 s for an Enterprise Server', () => {
      const toTimeout = (name: string): unknown =>
        of(name).template.Resources['WebhookLambdaFunction']?.Properties['Timeout'];
      expect(toTimeout('queued, function URL')).toBe(10);
      expect(toTimeout('inline, HTTP API')).toBe(30);
    });
  });
}
