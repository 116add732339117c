/** What the front door of each package must be. */
import { describe, expect, it } from 'vitest';
import { ofType, type Packaged } from './packaged.ts';

export function describeFrontDoor(of: (name: string) => Packaged): void {
  describe('the front door', () => {
    it('is a function URL that everybody may call, through the URL only', () => {
      const { template } = of('queued, function URL');
      expect(ofType(template, 'AWS::Lambda::Url')).toMatchObject([{ Properties: { AuthType: 'NONE' } }]);
      const permissions = ofType(template, 'AWS::Lambda::Permission').map(({ Properties }) => Properties);
      expect(permissions).toEqual([
        {
          FunctionName: { Ref: 'WebhookAlias' },
          Action: 'lambda:InvokeFunctionUrl',
          FunctionUrlAuthType: 'NONE',
          Principal: '*',
        },
        {
          FunctionName: { Ref: 'WebhookAlias' },
          Action: 'lambda:InvokeFunction',
          InvokedViaFunctionUrl: true,
          Principal: '*',
        },
      ]);
      expect(ofType(template, 'AWS::ApiGatewayV2::Api')).toEqual([]);
    });

    it('is an HTTP API under the domain where one is given, throttled, and nothing else', () => {
      const { template } = of('queued, HTTP API');
      expect(ofType(template, 'AWS::Lambda::Url')).toEqual([]);
      expect(ofType(template, 'AWS::ApiGatewayV2::Api')).toMatchObject([
        { Properties: { ProtocolType: 'HTTP', DisableExecuteApiEndpoint: true } },
      ]);
      expect(ofType(template, 'AWS::ApiGatewayV2::DomainName')).toMatchObject([
        { Properties: { DomainName: 'hooks.example.com' } },
      ]);
      expect(ofType(template, 'AWS::ApiGatewayV2::Stage')).toMatchObject([
        { Properties: { DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 } } },
      ]);
      expect(template.Outputs['WebhookAddress']?.Value).toBe('https://hooks.example.com/');
    });

    it('bounds what strangers can cost, unless it is told not to', () => {
      const toBound = (name: string): unknown =>
        of(name).template.Resources['WebhookLambdaFunction']?.Properties['ReservedConcurrentExecutions'];
      expect(toBound('queued, function URL')).toBe(20);
      expect(toBound('inline, HTTP API')).toEqual({ Ref: 'AWS::NoValue' });
    });

    it('waits as long as GitHub does: 10 s, and 30 s for an Enterprise Server', () => {
      const toTimeout = (name: string): unknown =>
        of(name).template.Resources['WebhookLambdaFunction']?.Properties['Timeout'];
      expect(toTimeout('queued, function URL')).toBe(10);
      expect(toTimeout('inline, HTTP API')).toBe(30);
    });
  });
}
